using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// The headers of server-side encryption (S3 User Guide, "Specifying server-side encryption with ..."). Keys of customers
/// are taken over TLS only, unless the server was told otherwise.
/// </summary>
internal static class EncryptionHeaders
{
    private const string Aes256 = EncryptionDocument.Aes256;
    private const string Kms = EncryptionDocument.Kms;
    private const string Base = "x-amz-server-side-encryption";
    private const string KeyId = Base + "-aws-kms-key-id";
    private const string Context = Base + "-context";
    private const string BucketKey = Base + "-bucket-key-enabled";

    private static readonly CustomerNames Customer = new(Base + "-customer-");
    private static readonly CustomerNames SourceCustomer = new("x-amz-copy-source-server-side-encryption-customer-");

    /// <summary>Longest context in base64; KMS itself takes 8 KiB.</summary>
    private const int MaxContextChars = 12 * 1024;

    /// <summary>What a write asks for; null if nothing.</summary>
    /// <exception cref="S3Exception">As S3 refuses each wrong combination.</exception>
    public static EncryptionRequest? Read(IHeaderDictionary headers, bool mayCarryKeys)
    {
        var customer = ReadCustomerKey(headers, Customer, mayCarryKeys);
        var method = Value(headers, Base);
        if (method is null)
        {
            foreach (var name in (ReadOnlySpan<string>)[KeyId, Context])
            {
                if (Value(headers, name) is { } value)
                    throw Refused(name, value, "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms");
            }
            return customer is null ? null : new EncryptionRequest { Method = EncryptionMethod.CustomerKey, CustomerKey = customer };
        }
        if (customer is not null)
            throw Refused(Base, method, "Server Side Encryption with Customer provided key is incompatible with the encryption method specified");
        return ReadManaged(headers, method);
    }

    /// <summary>The key that opens what is read, or an upload that was begun with one; null if there is none.</summary>
    public static CustomerKey? ReadKey(IHeaderDictionary headers, bool mayCarryKeys) => ReadCustomerKey(headers, Customer, mayCarryKeys);

    /// <summary>The key that opens a copy's source.</summary>
    public static CustomerKey? ReadSourceKey(IHeaderDictionary headers, bool mayCarryKeys) => ReadCustomerKey(headers, SourceCustomer, mayCarryKeys);

    /// <summary>Reads know how their object is encrypted; S3 refuses to be told.</summary>
    public static void RefuseMethod(IHeaderDictionary headers)
    {
        foreach (var name in (ReadOnlySpan<string>)[Base, KeyId, Context, BucketKey])
        {
            if (Value(headers, name) is { } value) throw Refused(name, value, $"{name} header is not supported for this operation.");
        }
    }

    /// <summary>Tells how a version, a part or an upload is encrypted.</summary>
    /// <param name="request">Of a customer's key the client gets back the MD5 that it sent.</param>
    public static void Write(IHeaderDictionary response, EncryptionInfo? info, IHeaderDictionary request)
    {
        switch (info?.Method)
        {
            case EncryptionMethod.CustomerKey:
                if (Value(request, Customer.Md5) is not { } md5) return;
                response[Customer.Algorithm] = Aes256;
                response[Customer.Md5] = md5;
                break;
            case EncryptionMethod.StoreKey:
                response[Base] = Aes256;
                break;
            case EncryptionMethod.ManagedKey:
                response[Base] = Kms;
                response[KeyId] = info.KeyId;
                if (info.BucketKey) response[BucketKey] = "true";
                if (info.Context is { } context) response[Context] = context;
                break;
        }
    }

    private static EncryptionRequest ReadManaged(IHeaderDictionary headers, string method)
    {
        var keyId = Value(headers, KeyId);
        var context = Value(headers, Context);
        switch (method)
        {
            case Aes256:
                if ((keyId ?? context) is { } needless)
                    throw Refused(keyId is null ? Context : KeyId, needless, "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms");
                return new EncryptionRequest { Method = EncryptionMethod.StoreKey };
            case Kms:
                return new EncryptionRequest
                {
                    Method = EncryptionMethod.ManagedKey,
                    KeyId = keyId is null ? null : EncryptionDocument.KeyIdOf(keyId),
                    Context = context is null ? "" : CheckContext(context),
                    BucketKey = "true".Equals(Value(headers, BucketKey), StringComparison.OrdinalIgnoreCase),
                };
            case "aws:kms:dsse" or "aws:fsx":
                throw new S3Exception(new S3Error(S3ErrorCode.NotImplemented, null, ("Header", Base)));
            default:
                throw Refused(Base, method, "The encryption method specified is not supported");
        }
    }

    private static string CheckContext(string context)
    {
        try
        {
            if (context.Length <= MaxContextChars)
            {
                using var json = JsonDocument.Parse(Convert.FromBase64String(context));
                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.EnumerateObject().All(pair => pair.Value.ValueKind == JsonValueKind.String))
                    return context;
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new S3Exception(Invalid.Argument(Context, context, "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map"));
        }
        throw Refused(Context, context, "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map");
    }

    private static CustomerKey? ReadCustomerKey(IHeaderDictionary headers, CustomerNames names, bool mayCarryKeys)
    {
        var algorithm = Value(headers, names.Algorithm);
        var key = Value(headers, names.Key);
        var md5 = Value(headers, names.Md5);
        if (algorithm is null && key is null && md5 is null) return null;
        if (!mayCarryKeys)
            throw new S3Exception(S3ErrorCode.InvalidRequest, "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.");
        if (algorithm is null)
            throw Refused(names.Algorithm, "", "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.");
        if (algorithm != Aes256) throw new S3Exception(new S3Error(S3ErrorCode.InvalidEncryptionAlgorithmError, null, ("ArgumentName", names.Algorithm), ("ArgumentValue", algorithm)));
        if (key is null)
            throw Refused(names.Key, "", "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.");
        if (md5 is null)
            throw Refused(names.Md5, "", "Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.");
        var bytes = new byte[CustomerKey.SizeBytes];
        // The key itself is told to nobody, also not back to who sent it.
        if (!Convert.TryFromBase64String(key, bytes, out var length) || length != bytes.Length)
            throw Refused(names.Key, "", "The secret key was invalid for the specified algorithm.");
        Span<byte> expected = stackalloc byte[16];
        if (!Convert.TryFromBase64String(md5, expected, out var written) || written != expected.Length || !CryptographicOperations.FixedTimeEquals(expected, MD5.HashData(bytes)))
            throw Refused(names.Md5, md5, "The calculated MD5 hash of the key did not match the hash that was provided.");
        return new CustomerKey(bytes);
    }

    private static string? Value(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } value ? value : null;

    private static S3Exception Refused(string name, string value, string message) => new(Invalid.Argument(name, value, message));

    /// <summary>Put together once: every request looks for them.</summary>
    private sealed class CustomerNames(string prefix)
    {
        public readonly string Algorithm = prefix + "algorithm";
        public readonly string Key = prefix + "key";
        public readonly string Md5 = prefix + "key-MD5";
    }
}
