;; One score too few.
(func $score (param $args i32) (result i32)
  (call $ok
    (call $honest_list (local.get $args))
    (i32.sub (i32.load offset=156 (local.get $args)) (i32.const 1))))
