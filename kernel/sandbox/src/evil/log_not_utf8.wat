;; Logs what is no text.
(data (i32.const 1024) "\ff\fe\fd")
(func $score (param $args i32) (result i32)
  (call $log (i32.const 1) (i32.const 1024) (i32.const 3))
  (call $honest (local.get $args)))
