;; Logs one line of 30 MB.
(func $score (param $args i32) (result i32)
  (drop (memory.grow (i32.const 460)))
  (call $log (i32.const 1) (i32.const 65536) (i32.const 30000000))
  (call $honest (local.get $args)))
