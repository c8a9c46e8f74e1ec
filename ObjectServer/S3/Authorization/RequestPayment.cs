namespace ObjectStore.Server.S3.Authorization;

/// <summary>Who pays for requests, as the document of the kind <see cref="Kind"/>: one byte; the bucket's owner where there is none.</summary>
internal static class RequestPayment
{
    public const string Kind = "requestPayment";

    private const byte Owner = 0;
    private const byte Requester = 1;

    public static ReadOnlyMemory<byte> ToDocument(bool requesterPays) => new[] { requesterPays ? Requester : Owner };

    /// <exception cref="InvalidDataException">The document is of no known form.</exception>
    public static bool RequesterPays(ReadOnlyMemory<byte>? document) => document switch
    {
        null => false,
        { Length: 1, Span: [Owner] } => false,
        { Length: 1, Span: [Requester] } => true,
        _ => throw new InvalidDataException("The stored request payment is not one."),
    };
}
