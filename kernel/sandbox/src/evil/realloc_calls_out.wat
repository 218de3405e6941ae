;; Logs while the host writes arguments, when it may not call anybody.
(func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
  (call $log (i32.const 1) (i32.const 32) (i32.const 6))
  (call $alloc (local.get $size)))
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
