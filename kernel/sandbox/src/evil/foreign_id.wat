;; Scores somebody it was not asked about.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store (global.get $scores) (i32.const 77))
  (call $ok_all (local.get $args)))
