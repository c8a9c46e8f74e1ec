"""Drives the echo server with the public gRPC client; descriptors come from the server's own reflection."""
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool

scenario, address = sys.argv[1:]


def field(number, data):
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def varint_field(number, value):
    return bytes([number << 3, value])


def call(method, data, channel=None, **options):
    return (channel or plain).unary_unary(method)(data, timeout=options.pop("timeout", 60), **options)


def refused(code, method, data, **options):
    try:
        call(method, data, **options)
    except grpc.RpcError as error:
        assert error.code() == code, (error.code(), error.details())
        return error.details()
    raise AssertionError("the call succeeded")


SAY, HANG = "/objectstore.tests.Echo/Say", "/objectstore.tests.Echo/Hang"
plain = grpc.insecure_channel(address)

if scenario == "unary":
    assert call(SAY, field(1, b"hello")) == field(1, b"hello")
elif scenario == "status":
    for number in range(1, 17):
        code = next(code for code in grpc.StatusCode if code.value[0] == number)
        assert refused(code, SAY, field(1, "für 100 %".encode()) + varint_field(2, number)) == "für 100 %"
elif scenario == "deadline":
    refused(grpc.StatusCode.DEADLINE_EXCEEDED, HANG, b"", timeout=0.2)
elif scenario == "large":
    text = b"x" * 3_000_000
    data = b"\x0a" + bytes([len(text) & 127 | 128, len(text) >> 7 & 127 | 128, len(text) >> 14 & 127 | 128, len(text) >> 21]) + text
    assert call(SAY, data) == data
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, SAY, b"\x0a" + b"x" * 5_000_000)
elif scenario == "gzip":
    zipped = grpc.insecure_channel(address, compression=grpc.Compression.Gzip)
    data = b"\x0a\x80\x20" + b"y" * 4096
    assert call(SAY, data, channel=zipped) == data
elif scenario == "unknown":
    refused(grpc.StatusCode.UNIMPLEMENTED, "/objectstore.tests.Echo/Nothing", b"")
elif scenario == "concurrent":
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda i: call(SAY, field(1, str(i).encode())), range(200)))
    assert answers == [field(1, str(i).encode()) for i in range(200)]
elif scenario == "health":
    check = "/grpc.health.v1.Health/Check"
    assert call(check, b"") == b"\x08\x01"
    assert call(check, field(1, b"objectstore.tests.Echo")) == b"\x08\x02"
    refused(grpc.StatusCode.NOT_FOUND, check, field(1, b"nobody"))
    assert len(call("/grpc.health.v1.Health/List", b"")) > 0
elif scenario == "watch":
    watch = plain.unary_stream("/grpc.health.v1.Health/Watch")(field(1, b"nobody"), timeout=60)
    assert next(watch) == b"\x08\x03"
    watch.cancel()
elif scenario == "reflection":
    info = plain.stream_stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
    answers = list(info(iter([field(7, b""), field(4, b"objectstore.tests.Echo"), field(4, b"objectstore.tests.Nobody")]), timeout=60))
    assert len(answers) == 3
    assert b"objectstore.tests.Echo" in answers[0] and b"grpc.health.v1.Health" in answers[0]
    assert b"not known here" in answers[2]
    # The file descriptor within the answer: one that the public library takes.
    start = answers[1].index(b"\x0a\x0aecho.proto")
    length_at = start - 1
    size, shift = 0, 0
    while length_at > 0 and answers[1][length_at - 1] & 128:
        length_at -= 1
    for byte in answers[1][length_at:start]:
        size |= (byte & 127) << shift
        shift += 7
    file = descriptor_pb2.FileDescriptorProto.FromString(answers[1][start:start + size])
    service = descriptor_pool.DescriptorPool().AddSerializedFile(file.SerializeToString()).services_by_name["Echo"]
    assert [method.name for method in service.methods] == ["Say", "Hang", "Fault", "Unhandled"]
else:
    raise SystemExit(f"there is no scenario {scenario}")
print("passed", scenario)
