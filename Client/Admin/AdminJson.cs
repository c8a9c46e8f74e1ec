using System.Text.Json;
using System.Text.Json.Serialization;

namespace ObjectStore.Client.Admin;

/// <summary>
/// The documents of the admin API and how they are written: small letters first, absent rather than null. Those of requests refuse a field that
/// they do not know, since it may be one that is misspelled; a client passes over what a newer server tells.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(AccountDocument))]
[JsonSerializable(typeof(AccountListDocument))]
[JsonSerializable(typeof(NewAccountDocument))]
[JsonSerializable(typeof(AccountChangeDocument))]
[JsonSerializable(typeof(RootKeyDocument))]
[JsonSerializable(typeof(RootKeyListDocument))]
[JsonSerializable(typeof(NewRootKeyDocument))]
[JsonSerializable(typeof(RootKeyChangeDocument))]
[JsonSerializable(typeof(UserKeyDocument))]
[JsonSerializable(typeof(UserKeyListDocument))]
[JsonSerializable(typeof(EnsuredKeyDocument))]
[JsonSerializable(typeof(NewSessionDocument))]
[JsonSerializable(typeof(SessionDocument))]
[JsonSerializable(typeof(OwnedBucketDocument))]
[JsonSerializable(typeof(BucketListDocument))]
[JsonSerializable(typeof(BucketQuotaDocument))]
[JsonSerializable(typeof(BucketStorageClassDocument))]
[JsonSerializable(typeof(NewBucketQuotaDocument))]
[JsonSerializable(typeof(BucketCompressionDocument))]
[JsonSerializable(typeof(TargetDocument))]
[JsonSerializable(typeof(TargetListDocument))]
[JsonSerializable(typeof(NewTargetDocument))]
[JsonSerializable(typeof(RemoteDocument))]
[JsonSerializable(typeof(RemoteListDocument))]
[JsonSerializable(typeof(NewRemoteDocument))]
[JsonSerializable(typeof(RemoteTestDocument))]
[JsonSerializable(typeof(RemoteTestResultDocument))]
[JsonSerializable(typeof(BucketReplicationDocument))]
[JsonSerializable(typeof(NewReplicationSyncDocument))]
[JsonSerializable(typeof(TierDocument))]
[JsonSerializable(typeof(TierListDocument))]
[JsonSerializable(typeof(NewTierDocument))]
[JsonSerializable(typeof(ServerDocument))]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(ErrorDocument))]
public sealed partial class AdminJson : JsonSerializerContext;
