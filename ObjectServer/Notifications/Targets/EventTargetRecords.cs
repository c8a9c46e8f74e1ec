using System.Collections.Immutable;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Notifications;

/// <summary>Targets in and out of their rows.</summary>
internal static class EventTargetRecords
{
    public static EventTargetRecord ToRecord(this EventTarget target)
    {
        var record = new EventTargetRecord
        {
            Kind = (uint)target.Kind,
            AccountId = target.AccountId,
            Name = target.Name,
            CreatedTicks = target.CreatedAt.ToTicks(),
            Policy = target.Policy ?? "",
            Endpoint = target.Endpoint is { } endpoint ? ToRecord(endpoint) : null,
        };
        record.Accounts.AddRange(target.Accounts);
        foreach (var (name, value) in target.Attributes) record.Attributes.Add(new NameValue { Name = name, Value = value });
        return record;
    }

    public static EventTarget ToTarget(this EventTargetRecord record, string arn) => new()
    {
        Kind = (EventTargetKind)record.Kind,
        Arn = arn,
        AccountId = record.AccountId,
        Name = record.Name,
        CreatedAt = KvRecords.FromTicks(record.CreatedTicks),
        Policy = record.Policy.Length > 0 ? record.Policy : null,
        Endpoint = record.Endpoint is { } endpoint ? ToEndpoint(endpoint) : null,
        Accounts = [.. record.Accounts],
        Attributes = record.Attributes.ToImmutableSortedDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal),
    };

    private static EventEndpointRecord ToRecord(EventEndpoint endpoint) => new()
    {
        Address = endpoint.Address.AbsoluteUri,
        UserName = endpoint.UserName ?? "",
        Password = endpoint.Password?.Reveal() ?? "",
        BearerToken = endpoint.BearerToken?.Reveal() ?? "",
        Exchange = endpoint.Exchange,
        RoutingKey = endpoint.RoutingKey ?? "",
        SkipTlsVerification = !endpoint.VerifyTls,
        SealedPassword = endpoint.SealedPassword,
        SealedBearerToken = endpoint.SealedBearerToken,
    };

    private static EventEndpoint ToEndpoint(EventEndpointRecord record) => new(new Uri(record.Address))
    {
        UserName = record.UserName.Length > 0 ? record.UserName : null,
        Password = record.Password.Length > 0 ? new Secret(record.Password) : null,
        BearerToken = record.BearerToken.Length > 0 ? new Secret(record.BearerToken) : null,
        Exchange = record.Exchange,
        RoutingKey = record.RoutingKey.Length > 0 ? record.RoutingKey : null,
        VerifyTls = !record.SkipTlsVerification,
        SealedPassword = record.SealedPassword,
        SealedBearerToken = record.SealedBearerToken,
    };
}
