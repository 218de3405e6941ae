;; One score too few.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (call $ok (i32.sub (call $rows (local.get $args)) (i32.const 1)) (call $rows (local.get $args))
    (call $rows (local.get $args))))
