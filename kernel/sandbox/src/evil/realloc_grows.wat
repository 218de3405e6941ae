;; Takes another eight megabytes for every argument.
(func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
  (drop (memory.grow (i32.const 128)))
  (call $alloc (local.get $size)))
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
