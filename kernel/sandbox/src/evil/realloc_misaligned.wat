;; Has arguments written to odd places.
(func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
  (i32.or (call $realloc (i32.const 0) (i32.const 0) (i32.const 8)
    (i32.add (local.get $size) (i32.const 8))) (i32.const 1)))
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
