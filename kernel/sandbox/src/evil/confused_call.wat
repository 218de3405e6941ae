;; Calls a function by a type that it has not.
(type $other (func (param i64) (result i32)))
(table $t 1 funcref)
(elem (i32.const 0) $score)
(func $score (param $args i32) (result i32)
  (call_indirect $t (type $other) (i64.const 0) (i32.const 0)))
