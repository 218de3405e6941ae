;; A list that lies outside of its memory.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (global.set $scores (i32.const -64))
  (call $ok_all (local.get $args)))
