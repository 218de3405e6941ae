;; Writes a passive segment over and over: instructions that are longer than a tick.
(data $segment "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
(func $score (param $args i32) (result i32)
  (local $at i32)
  (loop $for_ever
    (memory.init $segment (i32.and (local.get $at) (i32.const 0xffff)) (i32.const 0) (i32.const 64))
    (local.set $at (i32.add (local.get $at) (i32.const 64)))
    (br $for_ever))
  unreachable)
