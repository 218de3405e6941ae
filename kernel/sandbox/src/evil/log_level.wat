;; Logs at a level that does not exist.
(func $score (param $args i32) (result i32)
  (call $log (i32.const 9) (i32.const 32) (i32.const 6))
  (call $honest (local.get $args)))
