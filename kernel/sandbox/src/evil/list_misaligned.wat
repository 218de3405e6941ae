;; A list that begins where no number can.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (global.set $evidence (i32.add (global.get $evidence) (i32.const 2)))
  (call $ok_all (local.get $args)))
