using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ObjectStore.Client.Admin;

/// <summary>Speaks the admin API (docs/ADMIN.md).</summary>
public sealed class AdminClient(Connection connection, Credentials credentials)
{
    private const string Prefix = "/-/admin/v1/";
    private const string Service = "objectstore";

    /// <param name="path">Below the API's root, percent-encoded, with its query.</param>
    /// <exception cref="ClientException">It was refused, or no answer came.</exception>
    public async Task<TAnswer> GetAsync<TAnswer>(string path, JsonTypeInfo<TAnswer> answer, CancellationToken ct) =>
        Read(await SendAsync(HttpMethod.Get, path, [], ct), answer);

    /// <inheritdoc cref="GetAsync"/>
    public async Task<TAnswer> SendAsync<TBody, TAnswer>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> type, JsonTypeInfo<TAnswer> answer, CancellationToken ct) =>
        Read(await SendAsync(method, path, JsonSerializer.SerializeToUtf8Bytes(body, type), ct), answer);

    /// <inheritdoc cref="GetAsync"/>
    public Task DeleteAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Delete, path, [], ct);

    /// <summary>All accounts, page by page.</summary>
    public async Task<IReadOnlyList<AccountDocument>> ListAccountsAsync(CancellationToken ct)
    {
        var accounts = new List<AccountDocument>();
        for (string? after = null; ;)
        {
            var page = await GetAsync("accounts" + Query(("after", after)), AdminJson.Default.AccountListDocument, ct);
            accounts.AddRange(page.Accounts);
            if ((after = page.Next) is null) return accounts;
        }
    }

    /// <summary>An account by its id or, where that is none, by its name.</summary>
    public async Task<AccountDocument> FindAccountAsync(string account, CancellationToken ct)
    {
        if (IsAccountId(account)) return await GetAsync("accounts/" + account, AdminJson.Default.AccountDocument, ct);
        var found = (await ListAccountsAsync(ct)).FirstOrDefault(known => known.Name.Equals(account, StringComparison.OrdinalIgnoreCase))
            ?? throw ClientException.Refused(404, "NoSuchEntity", $"There is no account \"{account}\".");
        return await GetAsync("accounts/" + found.Id, AdminJson.Default.AccountDocument, ct);
    }

    /// <inheritdoc cref="FindAccountAsync"/>
    public async Task<string> FindAccountIdAsync(string account, CancellationToken ct) =>
        IsAccountId(account) ? account : (await FindAccountAsync(account, ct)).Id;

    /// <summary>Null where the bucket has none, or is not there.</summary>
    public async Task<BucketQuotaDocument?> FindQuotaAsync(string bucket, CancellationToken ct)
    {
        try
        {
            return await GetAsync(QuotaOf(bucket), AdminJson.Default.BucketQuotaDocument, ct);
        }
        catch (ClientException missing) when (missing.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Replaces both bounds: one that is not named is none.</summary>
    public Task<BucketQuotaDocument> PutQuotaAsync(string bucket, NewBucketQuotaDocument quota, CancellationToken ct) =>
        SendAsync(HttpMethod.Put, QuotaOf(bucket), quota, AdminJson.Default.NewBucketQuotaDocument, AdminJson.Default.BucketQuotaDocument, ct);

    /// <summary>The storage class of a bucket's objects whose writers name none.</summary>
    public async Task<string> GetStorageClassAsync(string bucket, CancellationToken ct) =>
        (await GetAsync(StorageClassOf(bucket), AdminJson.Default.BucketStorageClassDocument, ct)).StorageClass;

    /// <inheritdoc cref="GetStorageClassAsync"/>
    public Task PutStorageClassAsync(string bucket, string storageClass, CancellationToken ct) => SendAsync(HttpMethod.Put, StorageClassOf(bucket),
        new BucketStorageClassDocument { StorageClass = storageClass }, AdminJson.Default.BucketStorageClassDocument, AdminJson.Default.BucketStorageClassDocument, ct);

    /// <summary>A query with the parameters that are not null.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = "";
        foreach (var (name, value) in parameters)
        {
            if (value is not null) query += (query.Length == 0 ? "?" : "&") + name + "=" + Uri.EscapeDataString(value);
        }
        return query;
    }

    private static string StorageClassOf(string bucket) => $"buckets/{Uri.EscapeDataString(bucket)}/storage-class";

    private static string QuotaOf(string bucket) => $"buckets/{Uri.EscapeDataString(bucket)}/quota";

    private static bool IsAccountId(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);

    private async Task<byte[]> SendAsync(HttpMethod method, string path, byte[] body, CancellationToken ct)
    {
        var request = new WireRequest(method, Prefix + path, Service) { Body = body, ContentType = body.Length > 0 ? "application/json" : null };
        var answer = await connection.SendAsync(request, credentials, ct);
        return answer.IsSuccess ? answer.Body : throw ErrorOf(answer);
    }

    private static T Read<T>(byte[] body, JsonTypeInfo<T> type)
    {
        try
        {
            if (JsonSerializer.Deserialize(body, type) is { } document) return document;
        }
        catch (JsonException exception)
        {
            throw Foreign(exception);
        }
        throw Foreign(null);
    }

    private static ClientException ErrorOf(WireAnswer answer)
    {
        try
        {
            if (JsonSerializer.Deserialize(answer.Body, AdminJson.Default.ErrorDocument) is { } error)
                return ClientException.Refused(answer.Status, error.Code, error.Message, answer.RequestId);
        }
        catch (JsonException exception)
        {
            return Foreign(exception);
        }
        return Foreign(null);
    }

    private static ClientException Foreign(Exception? inner) =>
        ClientException.Foreign("What answers does not speak this admin API: it is no ObjectStore, or one of another version.", inner);
}
