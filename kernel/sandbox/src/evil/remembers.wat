;; Counts its calls and answers only the first: it must not be able to remember.
(global $calls (mut i32) (i32.const 0))
(func $score (param $args i32) (result i32)
  (if (global.get $calls) (then unreachable))
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (if (i32.load (i32.const 2048)) (then unreachable))
  (i32.store (i32.const 2048) (i32.const 1))
  (call $honest (local.get $args)))
