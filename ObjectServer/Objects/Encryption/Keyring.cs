using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Makes, opens and wraps anew the data keys of objects, whoever holds the key above them.</summary>
/// <param name="manager">Null where none is configured: then only customers' keys can be used.</param>
internal sealed class Keyring(IKeyManager? manager)
{
    /// <summary>A fresh data key for what a write asks for; null if that is nothing.</summary>
    public async ValueTask<Result<SealedUnder?>> CreateAsync(EncryptionRequest? request, CancellationToken ct)
    {
        if (request is null || request.Method == EncryptionMethod.None) return (SealedUnder?)null;
        var seal = new ContentSeal(RandomNumberGenerator.GetBytes(KeyWrap.KeyBytes), RandomNumberGenerator.GetBytes(ContentSeal.BindingBytes));
        var record = await WrapAsync(seal, request, ct);
        if (record.IsOk) return new SealedUnder(seal, record.Value);
        seal.Dispose();
        return record.Failure;
    }

    /// <summary>The seal of what was stored; null if it was stored plain.</summary>
    /// <param name="customerKey">What the request brought. A key for what needs none is refused, as S3 does.</param>
    public async ValueTask<Result<ContentSeal?>> OpenAsync(EncryptionRecord? record, CustomerKey? customerKey, CancellationToken ct)
    {
        var method = (EncryptionMethod)(record?.Method ?? 0);
        if (method != EncryptionMethod.CustomerKey && customerKey is not null) return ObjectFault.CustomerKeyNotApplicable;
        switch (method)
        {
            case EncryptionMethod.None:
                return (ContentSeal?)null;
            case EncryptionMethod.CustomerKey when customerKey is null:
                return ObjectFault.CustomerKeyMissing;
            case EncryptionMethod.CustomerKey:
                return KeyWrap.Unwrap(customerKey!.Bytes, record!.WrappedKey.Span, BoundTo(record).Span) is { } dataKey
                    ? new ContentSeal(dataKey, record.Binding.ToByteArray())
                    : ObjectFault.CustomerKeyMismatch;
            default:
                return await UnwrapAsync(record!, ct);
        }
    }

    /// <summary>The same data key under another key, for a copy that shares the content.</summary>
    public async ValueTask<Result<EncryptionRecord>> RewrapAsync(ContentSeal seal, EncryptionRecord source, EncryptionRequest request, CancellationToken ct)
    {
        var record = await WrapAsync(seal, request, ct);
        if (record.IsOk) record.Value.InlineSalt = source.InlineSalt;
        return record;
    }

    /// <summary>Why objects could not be sealed so; null if they could.</summary>
    public async ValueTask<Failure?> CheckAsync(EncryptionMethod method, string? keyId, CancellationToken ct)
    {
        if (method is EncryptionMethod.None or EncryptionMethod.CustomerKey) return null;
        if (manager is null) return new Failure(ObjectFault.NoKeyManager);
        try
        {
            var id = keyId ?? manager.DefaultKeyId;
            return await manager.HasKeyAsync(id, ct) ? null : NoSuchKey(id);
        }
        catch (KeyManagerException e)
        {
            return ToFailure(e);
        }
    }

    public static EncryptionInfo? InfoOf(EncryptionRecord? record) => record is null ? null : new EncryptionInfo(
        (EncryptionMethod)record.Method, ObjectInfos.NullIfEmpty(record.KeyId), ObjectInfos.NullIfEmpty(record.Context), record.BucketKey);

    /// <summary>What the writer asks for, else what the bucket does.</summary>
    public static Result<EncryptionRequest?> Choose(EncryptionRequest? request, BucketRecord bucket)
    {
        var rule = bucket.Encryption;
        if (request?.Method == EncryptionMethod.CustomerKey && rule is { BlocksCustomerKeys: true }) return ObjectFault.CustomerKeysBlocked;
        if (request is not null) return request;
        if (rule is null || rule.Method == (uint)EncryptionMethod.None) return (EncryptionRequest?)null;
        return new EncryptionRequest { Method = (EncryptionMethod)rule.Method, KeyId = ObjectInfos.NullIfEmpty(rule.KeyId), BucketKey = rule.BucketKey };
    }

    private async ValueTask<Result<EncryptionRecord>> WrapAsync(ContentSeal seal, EncryptionRequest request, CancellationToken ct)
    {
        var record = new EncryptionRecord
        {
            Method = (uint)request.Method,
            Binding = ByteString.CopyFrom(seal.Binding.Span),
            Context = request.Context,
            BucketKey = request.BucketKey,
        };
        if (request.Method == EncryptionMethod.CustomerKey)
        {
            record.WrappedKey = ByteString.CopyFrom(KeyWrap.Wrap(request.CustomerKey!.Bytes, seal.DataKey.Span, BoundTo(record).Span));
            return record;
        }
        if (manager is null) return ObjectFault.NoKeyManager;
        record.KeyId = request.KeyId ?? manager.DefaultKeyId;
        try
        {
            if (!await manager.HasKeyAsync(record.KeyId, ct)) return NoSuchKey(record.KeyId);
            record.WrappedKey = ByteString.CopyFrom(await manager.WrapAsync(record.KeyId, seal.DataKey, BoundTo(record), ct));
            return record;
        }
        catch (KeyManagerException e)
        {
            return ToFailure(e);
        }
    }

    private async ValueTask<Result<ContentSeal?>> UnwrapAsync(EncryptionRecord record, CancellationToken ct)
    {
        if (manager is null) return ObjectFault.NoKeyManager;
        try
        {
            return new ContentSeal(await manager.UnwrapAsync(record.KeyId, record.WrappedKey.Memory, BoundTo(record), ct), record.Binding.ToByteArray());
        }
        catch (KeyManagerException e)
        {
            return ToFailure(e);
        }
    }

    private static Failure NoSuchKey(string keyId) => new(ObjectFault.NoSuchKeyId) { Message = $"There is no key '{keyId}'." };

    private static Failure ToFailure(KeyManagerException e) => new(e.IsTransient ? ObjectFault.KeyManagerUnavailable : ObjectFault.KeyUnusable) { Message = e.Message };

    /// <summary>The binding, and the context that the client chose: a wrapped key that was moved to another object does not open.</summary>
    private static ReadOnlyMemory<byte> BoundTo(EncryptionRecord record) => (byte[])[.. record.Binding.Span, .. Encoding.UTF8.GetBytes(record.Context)];
}

/// <summary>A data key, open, and the record that keeps it wrapped.</summary>
internal sealed record SealedUnder(ContentSeal Seal, EncryptionRecord Record) : IDisposable
{
    public bool IsCustomers => Record.Method == (uint)EncryptionMethod.CustomerKey;

    public bool HidesMd5 => Record.Method != (uint)EncryptionMethod.StoreKey;

    public void Dispose() => Seal.Dispose();
}
