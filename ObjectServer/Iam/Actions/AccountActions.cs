namespace ObjectStore.Server.Iam;

/// <summary>Calls about the account as a whole.</summary>
internal static class AccountActions
{
    public static readonly IReadOnlyList<QueryAction> All =
    [
        QueryAction.Now("GetAccountSummary", Resources.Any, Summary),
    ];

    private static Answer Summary(QueryCall call)
    {
        var identities = call.Identities;
        var account = call.AccountId;
        (string Name, int Value)[] entries =
        [
            ("Users", identities.Users.List(account).Count),
            ("UsersQuota", IdentityQuotas.UsersPerAccount),
            ("Groups", identities.Groups.List(account).Count),
            ("GroupsQuota", IdentityQuotas.GroupsPerAccount),
            ("Roles", identities.Roles.List(account).Count),
            ("RolesQuota", IdentityQuotas.RolesPerAccount),
            ("Policies", identities.Policies.List(account).Count),
            ("PoliciesQuota", IdentityQuotas.PoliciesPerAccount),
            ("Providers", identities.Providers.List(account).Count),
            ("AccountAccessKeysPresent", identities.FindAccount(account) is { RootKeys.IsEmpty: false } ? 1 : 0),
            ("AccountMFAEnabled", 0),
            ("AccessKeysPerUserQuota", IdentityQuotas.KeysPerUser),
            ("GroupsPerUserQuota", IdentityQuotas.GroupsPerUser),
            ("AttachedPoliciesPerUserQuota", IdentityQuotas.AttachedPolicies),
            ("AttachedPoliciesPerGroupQuota", IdentityQuotas.AttachedPolicies),
            ("AttachedPoliciesPerRoleQuota", IdentityQuotas.AttachedPolicies),
            ("VersionsPerPolicyQuota", IdentityQuotas.VersionsPerPolicy),
            ("UserPolicySizeQuota", Policies.PolicyLimits.UserInlineChars),
            ("GroupPolicySizeQuota", Policies.PolicyLimits.GroupInlineChars),
            ("RolePolicySizeQuota", Policies.PolicyLimits.RoleInlineChars),
            ("PolicySizeQuota", Policies.PolicyLimits.ManagedChars),
            ("AssumeRolePolicySizeQuota", Policies.PolicyLimits.TrustChars),
            ("MFADevices", 0),
            ("ServerCertificates", 0),
        ];
        return Answer.Of(writer =>
        {
            writer.Open("SummaryMap");
            foreach (var (name, value) in entries) writer.Open("entry").Element("key", name).Element("value", value).Close();
            writer.Close();
        });
    }
}
