;; A score that is not the sum of its factors.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store offset=4 (global.get $scores) (i32.const 999))
  (call $ok_all (local.get $args)))
