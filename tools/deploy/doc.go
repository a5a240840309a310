// Package deploy holds the tests of the project's Dockerfile, .dockerignore and
// deploy/job.yaml. They read them with Docker's and Kubernetes' own parsers and
// need no engine and no cluster.
package deploy
