;; Names a field that it never declared to read.
(data (i32.const 64) "owner")
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
