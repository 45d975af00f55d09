# One image for all containers of compose.yaml: the service with all its commands, and the gateway.

FROM rust:1.95.0-slim-bookworm AS builder
# Uses the image's own toolchain: rust-toolchain.toml also lists components that only developers need.
ENV RUSTUP_TOOLCHAIN=1.95.0
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package order-service --package order-gateway --bins \
    && install -D --target-directory=/built target/release/order-service target/release/order-gateway

FROM debian:bookworm-slim
# CA certificates: participants and collectors may use https.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home order \
    && install -d -o order -g order /var/lib/order
COPY --from=builder /built/ /usr/local/bin/
USER order
WORKDIR /var/lib/order
ENV DATA_DIR=/var/lib/order
VOLUME /var/lib/order
EXPOSE 8084 9084
CMD ["order-service", "serve"]
