;; Moves sixteen megabytes back and forth.
(func $score (param $args i32) (result i32)
  (drop (memory.grow (i32.const 400)))
  (loop $for_ever
    (memory.copy (i32.const 65536) (i32.const 131072) (i32.const 16777216))
    (memory.copy (i32.const 131072) (i32.const 65536) (i32.const 16777216))
    (br $for_ever))
  unreachable)
