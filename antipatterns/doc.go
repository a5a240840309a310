// Package antipatterns holds ways of using Redis that work on a laptop and
// hurt in production.
//
// Every file has a twin of the same name in package patterns, with the same
// exported names and signatures; each says what is wrong and when it does no
// harm. They exist to be measured. Do not copy them.
package antipatterns
