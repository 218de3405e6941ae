;; Quotes a third of a character.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store offset=8 (global.get $evidence) (i32.const 1))
  (call $ok_all (local.get $args)))
