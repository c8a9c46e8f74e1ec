using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>The rules of a bucket by which versions are replicated, made ready to be asked.</summary>
internal sealed class ReplicationRules
{
    /// <summary>In table B.</summary>
    public const string DocumentKind = "replication";

    public static readonly ReplicationRules None = new(new ReplicationConfigRecord());

    private readonly Destination[] _destinations;

    private ReplicationRules(ReplicationConfigRecord record)
    {
        Role = record.Role;
        // Of rules for one destination the one of the highest priority decides; the old form of the document has no priorities, and one destination.
        _destinations =
        [
            .. record.Rules.Select(static rule => new Rule(rule)).GroupBy(static rule => rule.DestinationArn, StringComparer.Ordinal)
                .Select(static group => new Destination(group.Key, [.. group.OrderByDescending(static rule => rule.Record.Priority)])),
        ];
    }

    /// <summary>Who writes to the destinations.</summary>
    public string Role { get; }

    /// <summary>The ARNs that enabled rules name.</summary>
    public IEnumerable<string> DestinationArns => _destinations.Where(destination => destination.Rules.Any(rule => rule.Record.Enabled)).Select(destination => destination.Arn);

    public IEnumerable<string> AllDestinationArns => _destinations.Select(static destination => destination.Arn);

    public static ReplicationRules Parse(ReadOnlySpan<byte> document) => new(ReplicationConfigRecord.Parser.ParseFrom(document));

    /// <summary>How a destination is called in a version's row.</summary>
    public static ulong HashOf(string destinationArn) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(destinationArn)));

    /// <summary>The rules by which a version that was written goes to destinations, one of each.</summary>
    public IEnumerable<Rule> ForVersion(byte[] key, VersionRecord version)
    {
        if (version.Replication?.Status == (uint)ReplicationStatus.Replica) yield break;
        foreach (var destination in _destinations)
        {
            if (destination.Find(key, version) is { } rule && rule.Takes(version)) yield return rule;
        }
    }

    /// <summary>
    /// The rules by which a change of tags, ACL, lock or annotations goes to destinations: to those that have the version by now or wait for it; of a
    /// replica to those whose rules want its changes.
    /// </summary>
    public IEnumerable<Rule> ForChange(byte[] key, VersionRecord version)
    {
        if (version.Replication is not { } replication) yield break;
        var isReplica = replication.Status == (uint)ReplicationStatus.Replica;
        foreach (var destination in _destinations)
        {
            if (isReplica)
            {
                if (destination.Find(key, version) is { } rule && rule.Takes(version) && rule.Record.ReplicaModifications) yield return rule;
            }
            else if (ReplicationMarks.Find(replication, destination.Hash) is not null && destination.FindByKey(key) is { } rule)
            {
                yield return rule;
            }
        }
    }

    /// <summary>The rule that says how a version is at the destination, whatever its tags are by now; null if no enabled rule is left that could.</summary>
    public Rule? ForSending(string destinationArn, byte[] key, string ruleId)
    {
        foreach (var destination in _destinations)
        {
            if (destination.Arn != destinationArn) continue;
            return Array.Find(destination.Rules, rule => rule.Record.Id == ruleId && rule.FitsKey(key)) ?? destination.FindByKey(key);
        }
        return null;
    }

    /// <summary>Whether some rule for the destination wants to be told what waits for too long.</summary>
    public bool HasThreshold(string destinationArn) => _destinations.Any(destination => destination.Arn == destinationArn && destination.Rules.Any(rule => rule.Record.Enabled && rule.ThresholdTicks is not null));

    private sealed class Destination(string arn, Rule[] rules)
    {
        public string Arn => arn;

        public Rule[] Rules => rules;

        public ulong Hash { get; } = HashOf(arn);

        public Rule? Find(byte[] key, VersionRecord version) => Array.Find(rules, rule => rule.FitsKey(key) && rule.FitsTags(version));

        public Rule? FindByKey(byte[] key) => Array.Find(rules, rule => rule.FitsKey(key));
    }

    internal sealed class Rule(ReplicationRuleRecord record)
    {
        private readonly byte[] _prefix = Encoding.UTF8.GetBytes(record.Prefix);

        public ReplicationRuleRecord Record => record;

        public string DestinationArn => record.DestinationArn;

        public ulong DestinationHash { get; } = HashOf(record.DestinationArn);

        /// <summary>How long a version may wait before that is told, in ticks; null if the rule does not ask for it.</summary>
        public ulong? ThresholdTicks => record.ReplicationTime ? record.ReplicationTimeMinutes * (ulong)TimeSpan.TicksPerMinute : null;

        /// <summary>Enabled, and of this key.</summary>
        public bool FitsKey(byte[] key) => record.Enabled && key.AsSpan().StartsWith(_prefix);

        public bool FitsTags(VersionRecord version)
        {
            foreach (var wanted in record.Tags)
            {
                if (version.Headers?.Tags.Contains(wanted) != true) return false;
            }
            return true;
        }

        /// <summary>Whether the rule, which fits, wants versions of this sort. Without the element the old form takes delete markers, as in S3.</summary>
        public bool Takes(VersionRecord version)
        {
            if (version.IsDeleteMarker()) return record.HasDeleteMarkers ? record.DeleteMarkers : record.PrefixOutsideFilter;
            return version.Encryption?.Method != (uint)EncryptionMethod.ManagedKey || record.ManagedKeys;
        }
    }
}
