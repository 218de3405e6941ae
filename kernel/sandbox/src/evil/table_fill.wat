;; Fills and copies a table of forty thousand functions over and over.
(table $t 40000 funcref)
(elem declare func $score)
(func $score (param $args i32) (result i32)
  (loop $for_ever
    (table.fill $t (i32.const 0) (ref.func $score) (i32.const 40000))
    (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 39999))
    (br $for_ever))
  unreachable)
