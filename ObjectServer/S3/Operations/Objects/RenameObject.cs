using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Gives an object another key. Source: S3 API reference, RenameObject.</summary>
[Handles(S3OperationName.RenameObject)]
internal sealed class RenameObject(ObjectRenamer objects) : S3Operation
{
    private const int MaxTokenLength = 64;

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var source = RenameSource.Read(context.Headers, context.Bucket!)
            ?? throw new S3Exception(Invalid.Argument(RenameSource.Header, context.Header(RenameSource.Header) ?? "", "The source of a rename must be the key of an object in the same bucket."));
        if (source.EndsWith('/') || context.Key!.EndsWith('/'))
            throw new S3Exception(S3ErrorCode.InvalidRequest, "Objects whose keys end with a slash cannot be renamed, nor others to such keys.");
        if (source == context.Key) throw new S3Exception(S3ErrorCode.InvalidRequest, "An object cannot be renamed to itself.");
        var renamed = await objects.RenameAsync(new()
        {
            Bucket = context.Bucket!,
            SourceKey = source,
            Key = context.Key,
            SourceConditions = Conditions.OfRenameSource(context.Headers),
            Conditions = Conditions.OfRead(context.Headers),
            ClientToken = Token(context),
            Origin = context.Origin,
        }, ct);
        if (renamed.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else await context.SendFailureAsync(renamed.Failure, ct);
    }

    private static string? Token(S3RequestContext context)
    {
        const string Name = "x-amz-client-token";
        if (context.Header(Name) is not { Length: > 0 } token) return null;
        return token.Length <= MaxTokenLength && !token.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? token
            : throw new S3Exception(Invalid.Argument(Name, token, "A client token has at most 64 characters, all of ASCII and visible."));
    }
}
