namespace ObjectStore.Server.Iam;

/// <summary>Fetches documents of OpenID Connect providers.</summary>
internal interface IProviderDocuments
{
    /// <summary>Null if it cannot be had now.</summary>
    /// <param name="provider">Whose certificate thumbprints are trusted beside the machine's authorities.</param>
    ValueTask<ReadOnlyMemory<byte>?> FetchAsync(OidcProvider provider, Uri address, CancellationToken ct);
}
