;; Gives the first candidate's score twice.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store offset=12 (global.get $scores) (i32.const 0))
  (call $ok_all (local.get $args)))
