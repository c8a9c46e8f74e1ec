# The server image: build with the SDK, run on the ASP.NET runtime as an ordinary user.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish ObjectServer/ObjectServer.csproj -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY build/packages.sh /tmp/packages.sh
RUN apt-get update \
    && bash -c 'source /tmp/packages.sh && need_rocksdb && need libzstd1 curl' \
    && rm -rf /var/lib/apt/lists/* /tmp/packages.sh \
    && useradd --system --uid 10001 --no-create-home objectstore \
    && mkdir /data && chown objectstore /data
COPY --from=build /app /app
USER objectstore
VOLUME /data
EXPOSE 9000
# Off loopback the server refuses default credentials: pass OBJECTSTORE_ROOT_USER and OBJECTSTORE_ROOT_PASSWORD.
ENV OBJECTSTORE_ADDRESS=0.0.0.0:9000 OBJECTSTORE_DRIVES=/data/drive{1...6}
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD curl -fsS http://127.0.0.1:9000/-/health/live || exit 1
ENTRYPOINT ["/app/objectstore"]
CMD ["serve"]
