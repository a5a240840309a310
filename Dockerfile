# redisduel as an image: one static binary and the public authorities, run by a
# user without rights. There is no shell and no package manager in it.
#
#   docker build -t redisduel --build-arg VERSION="$(git describe --always --dirty)" .
#   docker run --rm --read-only --cap-drop ALL redisduel version
#
# deploy/job.yaml runs it on a Kubernetes cluster.

# Pinned to a minor version, that of go.mod. To pin the very image, append the
# digest that `docker buildx imagetools inspect golang:1.26-alpine` prints, as in
# golang:1.26-alpine@sha256:...
FROM golang:1.26-alpine AS build
WORKDIR /src
# What we depend on changes less often than what we write, so that this layer
# can be used again. The checksums of go.sum are compared here.
COPY go.mod go.sum ./
RUN go mod download
# .dockerignore lists what is sent: the sources of the command and no secrets.
COPY . .
# The repository is not sent, so that the version must come from outside.
ARG VERSION=devel
# Without cgo the binary is static and needs no library of the image; -trimpath
# keeps the build machine's paths out of it, so that it can be built again.
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-X main.stamp=${VERSION}" -o /redisduel ./bench/cmd/redisduel

FROM scratch
# For a server whose certificate a public authority has signed.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /redisduel /redisduel
# A number, since runAsNonRoot cannot tell who a name is; nobody on the host.
USER 65532:65532
ENTRYPOINT ["/redisduel"]
