;; Quotes words that end before they begin.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store offset=4 (global.get $evidence) (i32.const 6))
  (i32.store offset=8 (global.get $evidence) (i32.const 3))
  (call $ok_all (local.get $args)))
