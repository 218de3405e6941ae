;; Three lists of a million items each over the same 12 MB, none of which was ever asked for.
(func $score (param $args i32) (result i32)
  (drop (memory.grow (i32.const 200)))
  (global.set $scores (i32.const 131072))
  (global.set $factors (i32.const 131072))
  (global.set $evidence (i32.const 131072))
  (call $ok (i32.const 1000000) (i32.const 1000000) (i32.const 1000000)))
