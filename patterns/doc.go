// Package patterns holds ways of using Redis that hold up under load.
//
// Every file has a twin of the same name in package antipatterns, with the
// same exported names and signatures and one mistake; diff the two and you
// have read the lesson. The package imports the Redis client and the standard
// library alone, so a file can be copied into any project, some with one or two
// others of the package. What each way costs, against its twin, is measured by
// package scenarios.
package patterns
