"""Drives the driver with the public gRPC client, as a sidecar of each version does.

The descriptors are made here of the specification's names and numbers: nothing of the project's own is used. Secrets are made
of the answers as the sidecars make them, and printed as JSON for the test to look at.
"""
import json
import sys
import uuid

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

STRING, BYTES, ENUM, MESSAGE, MAP = "string", "bytes", "enum", "message", "map"


def build(package, messages):
    """messages: {name: {field: (number, kind, type or None, repeated)}}"""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name=package + ".proto", package=package, syntax="proto3")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, *rest) in fields.items():
            added = message.field.add(name=field, number=number, label=kinds.LABEL_OPTIONAL)
            if kind == STRING:
                added.type = kinds.TYPE_STRING
            elif kind == ENUM:
                # An open enum is an int32 on the wire.
                added.type = kinds.TYPE_INT32
            elif kind == MAP:
                entry = message.nested_type.add(name="".join(part.capitalize() for part in field.split("_")) + "Entry")
                entry.options.map_entry = True
                entry.field.add(name="key", number=1, label=kinds.LABEL_OPTIONAL, type=kinds.TYPE_STRING)
                value = entry.field.add(name="value", number=2, label=kinds.LABEL_OPTIONAL, type=kinds.TYPE_STRING)
                if rest:
                    value.type, value.type_name = kinds.TYPE_MESSAGE, f".{package}.{rest[0]}"
                added.type, added.label, added.type_name = kinds.TYPE_MESSAGE, kinds.LABEL_REPEATED, f".{package}.{name}.{entry.name}"
            else:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".{package}.{rest[0]}"
                if rest[1:]:
                    added.label = kinds.LABEL_REPEATED
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return {name: factory(pool.FindMessageTypeByName(f"{package}.{name}")) for name in messages}


V1 = build("cosi.v1alpha1", {
    "DriverGetInfoRequest": {}, "DriverGetInfoResponse": {"name": (1, STRING)},
    "S3": {"region": (1, STRING), "signature_version": (2, ENUM)},
    "Protocol": {"s3": (1, MESSAGE, "S3")},
    "CredentialDetails": {"secrets": (1, MAP)},
    "DriverCreateBucketRequest": {"name": (1, STRING), "parameters": (2, MAP)},
    "DriverCreateBucketResponse": {"bucket_id": (1, STRING), "bucket_info": (2, MESSAGE, "Protocol")},
    "DriverDeleteBucketRequest": {"bucket_id": (1, STRING), "delete_context": (2, MAP)}, "DriverDeleteBucketResponse": {},
    "DriverGrantBucketAccessRequest": {"bucket_id": (1, STRING), "name": (2, STRING), "authentication_type": (3, ENUM), "parameters": (4, MAP)},
    "DriverGrantBucketAccessResponse": {"account_id": (1, STRING), "credentials": (2, MAP, "CredentialDetails")},
    "DriverRevokeBucketAccessRequest": {"bucket_id": (1, STRING), "account_id": (2, STRING), "revoke_access_context": (3, MAP)},
    "DriverRevokeBucketAccessResponse": {},
})

COMMON = {
    "DriverGetInfoRequest": {}, "DriverGetInfoResponse": {"name": (1, STRING), "supported_protocols": (2, MESSAGE, "ObjectProtocol", True)},
    "ObjectProtocol": {"type": (1, ENUM)}, "AuthenticationType": {"type": (1, ENUM)}, "AccessMode": {"mode": (1, ENUM)}, "Style": {"style": (1, ENUM)},
    "S3BucketInfo": {"bucket_id": (1, STRING), "endpoint": (2, STRING), "region": (3, STRING), "addressing_style": (4, MESSAGE, "Style")},
    "S3CredentialInfo": {"access_key_id": (1, STRING), "access_secret_key": (2, STRING)},
    "Info": {"s3": (1, MESSAGE, "S3BucketInfo")}, "CredentialInfo": {"s3": (1, MESSAGE, "S3CredentialInfo")},
    "DriverDeleteBucketRequest": {"bucket_id": (1, STRING), "parameters": (4, MAP)}, "DriverDeleteBucketResponse": {},
    "GrantedBucket": {"bucket_id": (1, STRING), "bucket_info": (2, MESSAGE, "Info")}, "RevokedBucket": {"bucket_id": (1, STRING)},
    "DriverRevokeBucketAccessRequest": {
        "account_id": (1, STRING), "protocol": (2, MESSAGE, "ObjectProtocol"), "authentication_type": (3, MESSAGE, "AuthenticationType"),
        "service_account_name": (4, STRING), "parameters": (5, MAP), "buckets": (6, MESSAGE, "RevokedBucket", True)},
    "DriverRevokeBucketAccessResponse": {},
}
GRANT = {
    "protocol": (2, MESSAGE, "ObjectProtocol"), "authentication_type": (3, MESSAGE, "AuthenticationType"), "service_account_name": (4, STRING),
    "parameters": (5, MAP), "buckets": (6, MESSAGE, "AccessedBucket", True)}
WANTED = {"protocols": (2, MESSAGE, "ObjectProtocol", True), "parameters": (4, MAP)}

FIRST = build("sigs.k8s.io.cosi.v1alpha2", COMMON | {
    "DriverCreateBucketRequest": {"name": (1, STRING)} | WANTED,
    "DriverCreateBucketResponse": {"bucket_id": (1, STRING), "protocols": (2, MESSAGE, "Info")},
    "DriverGetExistingBucketRequest": {"existing_bucket_id": (1, STRING)} | WANTED,
    "DriverGetExistingBucketResponse": {"bucket_id": (1, STRING), "protocols": (2, MESSAGE, "Info")},
    "AccessedBucket": {"bucket_id": (1, STRING), "access_mode": (2, MESSAGE, "AccessMode")},
    "DriverGrantBucketAccessRequest": {"account_name": (1, STRING)} | GRANT,
    "DriverGrantBucketAccessResponse": {"account_id": (1, STRING), "buckets": (2, MESSAGE, "GrantedBucket", True), "credentials": (3, MESSAGE, "CredentialInfo")},
})

SECOND = build("sigs.k8s.io.cosi.v1alpha2", COMMON | {
    "DriverGenerateBucketIdRequest": {"name": (1, STRING)} | WANTED, "DriverGenerateBucketIdResponse": {"bucket_id": (1, STRING)},
    "DriverCreateBucketRequest": {"bucket_id": (1, STRING)} | WANTED, "DriverCreateBucketResponse": {"protocols": (1, MESSAGE, "Info")},
    "DriverGetBucketRequest": {"bucket_id": (1, STRING)} | WANTED, "DriverGetBucketResponse": {"protocols": (2, MESSAGE, "Info")},
    "AccessedBucket": {
        "bucket_id": (1, STRING), "object_data_access_mode": (2, MESSAGE, "AccessMode"), "object_metadata_access_mode": (3, MESSAGE, "AccessMode"),
        "bucket_metadata_access_mode": (4, MESSAGE, "AccessMode")},
    "DriverGenerateBucketAccessIdRequest": {"account_name": (1, STRING)} | GRANT, "DriverGenerateBucketAccessIdResponse": {"account_id": (1, STRING)},
    "DriverGrantBucketAccessRequest": {"account_id": (1, STRING)} | GRANT,
    "DriverGrantBucketAccessResponse": {"buckets": (2, MESSAGE, "GrantedBucket", True), "credentials": (3, MESSAGE, "CredentialInfo")},
})

step, shape, address = sys.argv[1:4]
arguments = json.loads(sys.argv[4]) if len(sys.argv) > 4 else {}
messages, package = {"v1alpha1": (V1, "cosi.v1alpha1"), "first": (FIRST, "sigs.k8s.io.cosi.v1alpha2"), "second": (SECOND, "sigs.k8s.io.cosi.v1alpha2")}[shape]
channel = grpc.insecure_channel(address)


def call(method, service="Provisioner", **fields):
    """Twice, as sidecars repeat calls; both answers must be the same."""
    request = messages[method + "Request"](**fields)
    stub = channel.unary_unary(f"/{package}.{service}/{method}", request_serializer=lambda message: message.SerializeToString(),
                               response_deserializer=messages[method + "Response"].FromString)
    first, second = stub(request, timeout=60), stub(request, timeout=60)
    assert first == second, (first, second)
    return first


def one(name, **fields):
    return messages[name](**fields)


S3 = {} if shape == "v1alpha1" else {"protocols": [one("ObjectProtocol", type=1)]}

if step == "create":
    info = call("DriverGetInfo", "Identity")
    assert info.name == "tests.cosi.dev"
    parameters = {"versioning": "enabled"}
    if shape == "v1alpha1":
        name = f"bucket-{uuid.uuid4()}"
        created = call("DriverCreateBucket", name=name, parameters=parameters)
        assert created.bucket_id == name and created.bucket_info.s3.signature_version == 2, created
        bucket = created.bucket_id
    else:
        assert [protocol.type for protocol in info.supported_protocols] == [1]
        name = f"bc-{uuid.uuid4()}"
        if shape == "first":
            created = call("DriverCreateBucket", name=name, parameters=parameters, **S3)
            bucket = created.bucket_id
            found = call("DriverGetExistingBucket", existing_bucket_id=bucket, parameters=parameters, **S3)
            assert found.bucket_id == bucket
        else:
            bucket = call("DriverGenerateBucketId", name=name, parameters=parameters, **S3).bucket_id
            created = call("DriverCreateBucket", bucket_id=bucket, parameters=parameters, **S3)
            found = call("DriverGetBucket", bucket_id=bucket, parameters=parameters, **S3)
        for answer in (created, found):
            s3 = answer.protocols.s3
            assert s3.bucket_id == bucket and s3.endpoint and s3.region and s3.addressing_style.style in (1, 2), answer
    print(json.dumps({"bucket": bucket}))
elif step == "grant":
    bucket, account = arguments["bucket"], f"ba-{uuid.uuid4()}"
    if shape == "v1alpha1":
        granted = call("DriverGrantBucketAccess", bucket_id=bucket, name=account, authentication_type=1)
        assert list(granted.credentials) == ["s3"]
        secrets = dict(granted.credentials["s3"].secrets)
        assert sorted(secrets) == ["accessKeyID", "accessSecretKey", "endpoint", "region"], sorted(secrets)
        secret = {"BucketInfo": json.dumps({
            "metadata": {"name": "bc-" + account[3:], "creationTimestamp": None},
            "spec": {"bucketName": bucket, "authenticationType": "Key", "secretS3": secrets, "secretAzure": None, "protocols": ["S3"]}})}
    else:
        asked = {"protocol": one("ObjectProtocol", type=1), "authentication_type": one("AuthenticationType", type=1)}
        if shape == "first":
            asked["buckets"] = [one("AccessedBucket", bucket_id=bucket, access_mode=one("AccessMode", mode=1))]
            granted = call("DriverGrantBucketAccess", account_name=account, **asked)
            account = granted.account_id
        else:
            read_write, anything = one("AccessMode", mode=2), one("AccessMode", mode=1)
            asked["buckets"] = [one("AccessedBucket", bucket_id=bucket, object_data_access_mode=read_write, object_metadata_access_mode=read_write,
                                    bucket_metadata_access_mode=anything)]
            account = call("DriverGenerateBucketAccessId", account_name=account, **asked).account_id
            granted = call("DriverGrantBucketAccess", account_id=account, **asked)
        assert [known.bucket_id for known in granted.buckets] == [bucket]
        s3, keys = granted.buckets[0].bucket_info.s3, granted.credentials.s3
        style = {1: "path", 2: "virtual"}[s3.addressing_style.style]
        assert s3.region and s3.endpoint
        names = (("COSI_S3_BUCKET_ID", "COSI_S3_ENDPOINT", "COSI_S3_REGION", "COSI_S3_ADDRESSING_STYLE", "COSI_S3_ACCESS_KEY_ID", "COSI_S3_ACCESS_SECRET_KEY")
                 if shape == "first" else
                 ("BUCKET_NAME", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_S3_ADDRESSING_STYLE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
        secret = dict(zip(names, (s3.bucket_id, s3.endpoint, s3.region, style, keys.access_key_id, keys.access_secret_key)))
    account = granted.account_id if shape == "v1alpha1" else account
    print(json.dumps({"account": account, "secret": secret}))
elif step == "revoke":
    bucket, account = arguments["bucket"], arguments["account"]
    if shape == "v1alpha1":
        call("DriverRevokeBucketAccess", bucket_id=bucket, account_id=account)
    else:
        call("DriverRevokeBucketAccess", account_id=account, protocol=one("ObjectProtocol", type=1), authentication_type=one("AuthenticationType", type=1),
             buckets=[one("RevokedBucket", bucket_id=bucket)])
    print(json.dumps({}))
elif step == "delete":
    bucket, parameters = arguments["bucket"], {"versioning": "enabled", "delete": "force"}
    if shape == "v1alpha1":
        call("DriverDeleteBucket", bucket_id=bucket, delete_context=parameters)
    else:
        call("DriverDeleteBucket", bucket_id=bucket, parameters=parameters)
    print(json.dumps({}))
else:
    sys.exit(f"there is no step {step}")
