using System.Diagnostics.CodeAnalysis;

namespace ObjectStore.Server.Policies;

/// <summary>
/// Why a document is refused. S3 answers it as MalformedPolicy, IAM and STS as MalformedPolicyDocument, both 400.
/// </summary>
/// <param name="Message">For the client, in the words of the service that the <see cref="PolicyType"/> belongs to.</param>
internal sealed record PolicyError(string Message);

/// <summary>A document, or why there is none.</summary>
internal readonly struct PolicyParseResult
{
    public PolicyParseResult(PolicyDocument document) => Document = document;

    public PolicyParseResult(PolicyError error) => Error = error;

    /// <summary>Null if the text was refused.</summary>
    public PolicyDocument? Document { get; }

    /// <summary>Null if there is a document.</summary>
    public PolicyError? Error { get; }

    [MemberNotNullWhen(true, nameof(Document))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Document is not null;
}
