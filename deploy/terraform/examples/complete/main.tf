# A new VPC with two zones, and what a team sets beside the network.

provider "aws" {
  region = var.region

  # Phoenat keeps its state in tags of route tables and Elastic IPs. Without this, each apply would remove them.
  ignore_tags {
    key_prefixes = ["phoenat:"]
  }
}

variable "region" {
  description = "Region of the VPC"
  type        = string
  default     = "eu-central-1"
}

variable "alarm_email" {
  description = "Who is woken; AWS mails a confirmation link first"
  type        = string
  default     = ""
}

locals {
  azs = ["${var.region}a", "${var.region}b"]
}

module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "~> 6.0"

  name = "phoenat-example"
  cidr = "10.0.0.0/16"

  azs             = local.azs
  public_subnets  = ["10.0.0.0/24", "10.0.1.0/24"]
  private_subnets = ["10.0.16.0/20", "10.0.32.0/20"]

  # Without NAT gateways the module makes a route table for each private subnet, and no default route in it.
  enable_nat_gateway = false
}

# An address that outlives the stack, for the allow lists of others. Without it, the stack allocates one for each zone.
resource "aws_eip" "nat" {
  for_each = toset(local.azs)

  domain = "vpc"
}

module "phoenat" {
  source = "../.."

  name               = "phoenat-example"
  vpc_id             = module.vpc.vpc_id
  client_cidr_blocks = [module.vpc.vpc_cidr_block]

  zones = [for index, az in local.azs : {
    public_subnet_id   = module.vpc.public_subnets[index]
    private_subnet_ids = [module.vpc.private_subnets[index]]
    allocation_id      = aws_eip.nat[az].id
  }]

  traffic               = "all"
  instance_types        = ["t4g.small", "t4g.micro"]
  max_instance_age_days = 30
  alarm_email           = var.alarm_email
  tags                  = { Team = "network" }

  # The internet gateway's routes must be there before the stack, and stay until it is gone.
  depends_on = [module.vpc]
}

output "public_ips" {
  description = "The addresses that the world sees, one for each zone"
  value       = module.phoenat.public_ips
}
