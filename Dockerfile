# One image for the API, the workers and the command line:
#   docker build --build-arg CARRYOVER_COMMIT=$(git rev-parse HEAD) -t carryover .
#   docker run --env-file api.env -p 3000:3000 carryover
#   docker run --env-file worker.env carryover worker
#   docker run --env-file api.env carryover carryover db migrate
# Debian, because Temporal's core is built for glibc.

FROM node:20.20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY tools/package.json tools/
COPY web/package.json web/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# Names the build in certificates and for Temporal's worker versioning.
ARG CARRYOVER_COMMIT=""
RUN CARRYOVER_COMMIT=${CARRYOVER_COMMIT} npm run build && sh deploy/docker/collect.sh /app /image

FROM node:20.20-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY tools/package.json tools/
COPY web/package.json web/
COPY deploy/docker/prune.sh ./
RUN npm ci --omit=dev --ignore-scripts --workspaces=false --no-audit --no-fund && sh prune.sh node_modules

FROM node:20.20-bookworm-slim
WORKDIR /app
# As in `npm run worker`: glibc gives back what buffers have left.
ENV NODE_ENV=production HOST=0.0.0.0 METRICS_HOST=0.0.0.0 MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /image ./
# For file:///attachments: a volume takes its owner from here.
RUN install -d -o 1000 -g 1000 /attachments
USER 1000:1000
EXPOSE 3000 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["node", "deploy/docker/healthy.mjs"]
ENTRYPOINT ["sh", "deploy/docker/entry.sh"]
CMD ["api"]
