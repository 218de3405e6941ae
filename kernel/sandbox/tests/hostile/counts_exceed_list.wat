;; Says that its scores have two factors each, and gives one.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store16 offset=6 (global.get $scores) (i32.const 16))
  (call $ok_all (local.get $args)))
