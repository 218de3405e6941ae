;; Fills its memory over and over: long instructions instead of many.
(func $score (param $args i32) (result i32)
  (drop (memory.grow (i32.const 256)))
  (loop $for_ever
    (memory.fill (i32.const 65536) (i32.const 7) (i32.const 16777216))
    (br $for_ever))
  unreachable)
