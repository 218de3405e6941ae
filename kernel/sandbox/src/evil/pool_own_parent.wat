;; A category that is its own parent: who walks up the taxonomy never arrives.
(data (i32.const 104) "\10\00\00\00\07\00\00\00")
