;; Hands out the same place again and again, so that arguments lie upon each other.
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
  (i32.const 65536))
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
