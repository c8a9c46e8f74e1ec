using System.Collections.Immutable;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Identities;

/// <summary>Identities in and out of their rows.</summary>
internal static class IdentityRecords
{
    public static AccountRecord ToRecord(this Account account) => new()
    {
        Id = account.Id,
        CanonicalId = account.CanonicalId,
        Name = account.Name,
        Email = account.Email ?? "",
        CreatedTicks = account.CreatedAt.ToTicks(),
        RootKeys = { account.RootKeys.Select(ToRecord) },
    };

    public static Account ToAccount(this AccountRecord record) => new()
    {
        Id = record.Id,
        CanonicalId = record.CanonicalId,
        Name = record.Name,
        Email = NullIfEmpty(record.Email),
        CreatedAt = KvRecords.FromTicks(record.CreatedTicks),
        RootKeys = [.. record.RootKeys.Select(ToKey)],
    };

    public static UserRecord ToRecord(this User user) => new()
    {
        Entity = EntityOf(user),
        Keys = { user.Keys.Select(ToRecord) },
        Policies = ToRecord(user.Policies),
        GroupIds = { user.GroupIds },
        Labels = { user.KeyLabels.Select(label => new KeyLabelRecord { Label = label.Name, Generation = (uint)label.Generation }) },
    };

    public static User ToUser(this UserRecord record, string accountId) => new()
    {
        AccountId = accountId,
        Id = record.Entity.Id,
        Name = record.Entity.Name,
        Path = record.Entity.Path,
        CreatedAt = KvRecords.FromTicks(record.Entity.CreatedTicks),
        Tags = TagsOf(record.Entity.Tags),
        Keys = [.. record.Keys.Select(ToKey)],
        Policies = ToAttachments(record.Policies),
        GroupIds = [.. record.GroupIds],
        KeyLabels = [.. record.Labels.Select(label => new KeyLabel(label.Label, (int)label.Generation))],
    };

    public static GroupRecord ToRecord(this Group group) => new() { Entity = EntityOf(group), Policies = ToRecord(group.Policies) };

    public static Group ToGroup(this GroupRecord record, string accountId) => new()
    {
        AccountId = accountId,
        Id = record.Entity.Id,
        Name = record.Entity.Name,
        Path = record.Entity.Path,
        CreatedAt = KvRecords.FromTicks(record.Entity.CreatedTicks),
        Tags = TagsOf(record.Entity.Tags),
        Policies = ToAttachments(record.Policies),
    };

    public static RoleRecord ToRecord(this Role role) => new()
    {
        Entity = EntityOf(role),
        Description = role.Description,
        TrustPolicy = role.TrustPolicy,
        MaxSessionSeconds = (uint)role.MaxSessionSeconds,
        Policies = ToRecord(role.Policies),
    };

    public static Role ToRole(this RoleRecord record, string accountId) => new()
    {
        AccountId = accountId,
        Id = record.Entity.Id,
        Name = record.Entity.Name,
        Path = record.Entity.Path,
        CreatedAt = KvRecords.FromTicks(record.Entity.CreatedTicks),
        Tags = TagsOf(record.Entity.Tags),
        Description = record.Description,
        TrustPolicy = record.TrustPolicy,
        MaxSessionSeconds = (int)record.MaxSessionSeconds,
        Policies = ToAttachments(record.Policies),
    };

    public static ManagedPolicyRecord ToRecord(this ManagedPolicy policy) => new()
    {
        Entity = EntityOf(policy),
        Description = policy.Description,
        UpdatedTicks = policy.UpdatedAt.ToTicks(),
        Versions =
        {
            policy.Versions.Select(version => new PolicyVersionRecord
            {
                Number = (uint)version.Number, Document = version.Document, CreatedTicks = version.CreatedAt.ToTicks(),
            }),
        },
        DefaultVersion = (uint)policy.DefaultVersion,
        NextVersion = (uint)policy.NextVersion,
    };

    public static ManagedPolicy ToPolicy(this ManagedPolicyRecord record, string accountId) => new()
    {
        AccountId = accountId,
        Id = record.Entity.Id,
        Name = record.Entity.Name,
        Path = record.Entity.Path,
        CreatedAt = KvRecords.FromTicks(record.Entity.CreatedTicks),
        Tags = TagsOf(record.Entity.Tags),
        Description = record.Description,
        UpdatedAt = KvRecords.FromTicks(record.UpdatedTicks),
        Versions = [.. record.Versions.Select(version =>
            new ManagedPolicyVersion((int)version.Number, version.Document, KvRecords.FromTicks(version.CreatedTicks)))],
        DefaultVersion = (int)record.DefaultVersion,
        NextVersion = (int)record.NextVersion,
    };

    public static OidcProviderRecord ToRecord(this OidcProvider provider) => new()
    {
        Url = provider.Url,
        ClientIds = { provider.ClientIds },
        Thumbprints = { provider.Thumbprints },
        Tags = { provider.Tags.Select(ToRecord) },
        CreatedTicks = provider.CreatedAt.ToTicks(),
    };

    public static OidcProvider ToProvider(this OidcProviderRecord record, string accountId, string issuer) => new()
    {
        AccountId = accountId,
        Issuer = issuer,
        Url = record.Url,
        ClientIds = [.. record.ClientIds],
        Thumbprints = [.. record.Thumbprints],
        Tags = TagsOf(record.Tags),
        CreatedAt = KvRecords.FromTicks(record.CreatedTicks),
    };

    private static EntityRecord EntityOf(Entity entity) => new()
    {
        Id = entity.Id,
        Name = entity.Name,
        Path = entity.Path,
        CreatedTicks = entity.CreatedAt.ToTicks(),
        Tags = { entity.Tags.Select(ToRecord) },
    };

    private static AccessKeyRecord ToRecord(AccessKey key) => new()
    {
        Id = key.Id,
        Secret = key.Secret.Reveal(),
        Inactive = !key.IsActive,
        CreatedTicks = key.CreatedAt.ToTicks(),
        ExpiresTicks = key.ExpiresAt?.ToTicks() ?? 0,
        Label = key.Label ?? "",
        Generation = (uint)key.Generation,
    };

    private static AccessKey ToKey(AccessKeyRecord record) => new(record.Id, new Secret(record.Secret), !record.Inactive, KvRecords.FromTicks(record.CreatedTicks))
    {
        ExpiresAt = record.ExpiresTicks == 0 ? null : KvRecords.FromTicks(record.ExpiresTicks),
        Label = NullIfEmpty(record.Label),
        Generation = (int)record.Generation,
    };

    private static AttachmentsRecord ToRecord(Attachments attachments) => new()
    {
        Inline = { attachments.Inline.Select(policy => new InlinePolicyRecord { Name = policy.Key, Document = policy.Value }) },
        Managed = { attachments.Managed },
        Boundary = attachments.Boundary ?? "",
    };

    private static Attachments ToAttachments(AttachmentsRecord? record) => record is null ? Attachments.None : Attachments.None with
    {
        Inline = Attachments.None.Inline.AddRange(record.Inline.Select(policy => KeyValuePair.Create(policy.Name, policy.Document))),
        Managed = [.. record.Managed],
        Boundary = NullIfEmpty(record.Boundary),
    };

    private static IdentityTagRecord ToRecord(IdentityTag tag) => new() { Key = tag.Key, Value = tag.Value };

    private static ImmutableArray<IdentityTag> TagsOf(IEnumerable<IdentityTagRecord> records) => [.. records.Select(tag => new IdentityTag(tag.Key, tag.Value))];

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
