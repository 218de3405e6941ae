;; Has a label as long as the highest bit of its length says: two thousand million bytes.
(data (i32.const 92) "\06\00\00\80")
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
