;; Has arguments written behind the end of its memory.
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
  (i32.const -65536))
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
