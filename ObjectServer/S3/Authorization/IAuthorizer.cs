using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>What is asked: may this principal do this to that. Action is null for the preflight of CORS.</summary>
internal readonly record struct AccessQuestion(Principal Principal, OperationRow Operation, string? Action, string? Bucket, string? Key);

/// <summary>Decides, once a request and before its body is read, whether it is allowed. What is not allowed is denied.</summary>
internal interface IAuthorizer
{
    ValueTask<bool> IsAllowedAsync(AccessQuestion question, CancellationToken ct);
}

/// <summary>The root account may do everything, everybody else nothing.</summary>
internal sealed class RootOnlyAuthorizer : IAuthorizer
{
    public ValueTask<bool> IsAllowedAsync(AccessQuestion question, CancellationToken ct) =>
        ValueTask.FromResult(question.Principal.Kind == PrincipalKind.Root);
}
