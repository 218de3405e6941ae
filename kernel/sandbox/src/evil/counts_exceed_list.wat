;; Says that its scores have sixteen factors, and gives one.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store offset=8 (global.get $scores) (i32.const 16))
  (call $ok_all (local.get $args)))
