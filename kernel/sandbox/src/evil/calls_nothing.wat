;; Calls through an empty element of a table.
(table $t 4 funcref)
(type $none (func (result i32)))
(func $score (param $args i32) (result i32)
  (call_indirect $t (type $none) (i32.const 2)))
