namespace ObjectStore.Server.Iam;

/// <summary>How identities are written in answers.</summary>
internal static class Shapes
{
    public static void User(AnswerWriter writer, User user)
    {
        writer.Element("Path", user.Path).Element("UserName", user.Name).Element("UserId", user.Id).Element("Arn", user.Arn).Element("CreateDate", user.CreatedAt);
        Boundary(writer, user.Policies);
        writer.Tags(user.Tags);
    }

    public static void Group(AnswerWriter writer, Group group) => writer
        .Element("Path", group.Path).Element("GroupName", group.Name).Element("GroupId", group.Id).Element("Arn", group.Arn).Element("CreateDate", group.CreatedAt);

    public static void Role(AnswerWriter writer, Role role)
    {
        writer.Element("Path", role.Path).Element("RoleName", role.Name).Element("RoleId", role.Id).Element("Arn", role.Arn).Element("CreateDate", role.CreatedAt)
            .Document("AssumeRolePolicyDocument", role.TrustPolicy);
        if (role.Description.Length > 0) writer.Element("Description", role.Description);
        writer.Element("MaxSessionDuration", role.MaxSessionSeconds);
        Boundary(writer, role.Policies);
        writer.Tags(role.Tags);
    }

    public static void Policy(AnswerWriter writer, IdentityService identities, string accountId, ManagedPolicy policy)
    {
        writer.Element("PolicyName", policy.Name).Element("PolicyId", policy.Id).Element("Arn", policy.Arn).Element("Path", policy.Path)
            .Element("DefaultVersionId", $"v{policy.DefaultVersion}")
            .Element("AttachmentCount", identities.Attachments.HoldersOf(accountId, policy.Arn, asBoundary: false).Count)
            .Element("PermissionsBoundaryUsageCount", identities.Attachments.HoldersOf(accountId, policy.Arn, asBoundary: true).Count)
            .Element("IsAttachable", true);
        if (policy.Description.Length > 0) writer.Element("Description", policy.Description);
        writer.Element("CreateDate", policy.CreatedAt).Element("UpdateDate", policy.UpdatedAt);
        writer.Tags(policy.Tags);
    }

    /// <param name="withDocument">Lists leave it out.</param>
    public static void Version(AnswerWriter writer, ManagedPolicy policy, ManagedPolicyVersion version, bool withDocument)
    {
        if (withDocument) writer.Document("Document", version.Document);
        writer.Element("VersionId", $"v{version.Number}").Element("IsDefaultVersion", version.Number == policy.DefaultVersion).Element("CreateDate", version.CreatedAt);
    }

    private static void Boundary(AnswerWriter writer, Attachments policies)
    {
        if (policies.Boundary is null) return;
        writer.Open("PermissionsBoundary").Element("PermissionsBoundaryType", "Policy").Element("PermissionsBoundaryArn", policies.Boundary).Close();
    }
}
