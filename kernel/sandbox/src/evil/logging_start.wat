;; Logs for ever before it is asked anything.
(func $flood
  (loop $next (call $log (i32.const 1) (i32.const 32) (i32.const 6)) (br $next)))
(start $flood)
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
