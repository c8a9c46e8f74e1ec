using System.Text;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>The rules of a bucket, made ready to be asked. No two of them fit the same change: what would is refused when it is configured.</summary>
internal sealed class NotificationRules
{
    /// <summary>In table B.</summary>
    public const string DocumentKind = "notification";

    public static readonly NotificationRules None = new(new NotificationRecord());

    private readonly Rule[] _rules;

    private NotificationRules(NotificationRecord record) => _rules = [.. record.Rules.Select(rule => new Rule(rule))];

    public static NotificationRules Parse(ReadOnlySpan<byte> document) => new(NotificationRecord.Parser.ParseFrom(document));

    /// <summary>The rule that a change of this key fits; null if there is none.</summary>
    public Rule? Find(ChangeKind kind, ReadOnlySpan<byte> key)
    {
        foreach (var rule in _rules)
        {
            if (rule.Fits(kind, key)) return rule;
        }
        return null;
    }

    internal sealed class Rule(NotificationRuleRecord record)
    {
        private readonly ulong _kinds = NotificationEvents.KindsOf(record.Events);
        private readonly byte[] _prefix = Encoding.UTF8.GetBytes(record.Prefix);
        private readonly byte[] _suffix = Encoding.UTF8.GetBytes(record.Suffix);

        public string Id { get; } = record.Id;

        public string TargetArn { get; } = record.TargetArn;

        public bool Fits(ChangeKind kind, ReadOnlySpan<byte> key) =>
            (_kinds & (1UL << (int)kind)) != 0 && key.StartsWith(_prefix) && key.EndsWith(_suffix);
    }
}
