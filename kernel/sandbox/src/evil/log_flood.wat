;; Logs a thousand lines of 64 KiB, then answers honestly. Nothing to blame, nothing kept.
(func $score (param $args i32) (result i32)
  (local $left i32)
  (local.set $left (i32.const 1000))
  (memory.fill (i32.const 65536) (i32.const 97) (i32.const 65536))
  (loop $next
    (call $log (i32.const 1) (i32.const 65536) (i32.const 65536))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $next (local.get $left)))
  (global.set $heap (i32.const 131072))
  (call $honest (local.get $args)))
