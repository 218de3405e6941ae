;; Gives a piece of evidence more than its factors speak of.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (drop (call $alloc (i32.const 64)))
  (call $ok (call $rows (local.get $args)) (call $rows (local.get $args))
    (i32.add (call $rows (local.get $args)) (i32.const 1))))
